"""Statistics on the wire: tables that come in; profiles, models and predictions that go out."""
