"""tofrom: a messaging platform of workspaces with members, API keys, phone numbers and their messages."""
