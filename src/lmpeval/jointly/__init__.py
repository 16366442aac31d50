"""Effects on several outcomes told together: what chance does to them is drawn as one."""
