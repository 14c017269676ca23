"""bird: the channels of a workspace, with the messages, contacts and media that pass through them."""
