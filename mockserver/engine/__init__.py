"""The engine: what every stand-in needs and none of them owns. It knows no API and no HTTP."""
