"""Commands that change the code of this project."""
