"""Many studies side by side: what chance gives, what stays after it, what kinds of change do on the whole."""
