"""restlink: 23 Telecom's SMS gateway, with workspaces, prices, balance and message lists."""
