"""What a study could see, before anybody has seen what it says."""
