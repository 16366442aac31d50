"""Sites that started in different years, put together."""
