"""The shadow model, fed with exchanges made by hand, and before a mock that lies."""
