"""What every layer may use and what knows no other layer: settings, errors, logging."""
