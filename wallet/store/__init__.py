"""What the wallet remembers, all of it inside one encrypted vault."""
