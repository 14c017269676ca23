"""timelines: the Partner API of TimelinesAI, with workspaces, their users, WhatsApp accounts and quotas."""
