"""xpressbot: the Workspace API of XpressBot, with contacts, labels, custom fields, WhatsApp messages and automations."""
