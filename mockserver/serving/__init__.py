"""Serving: the contract at work on the wire. The only importer of Connexion."""
