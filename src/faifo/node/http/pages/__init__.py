"""Pages for people, made on the server: templates, one style, and what every page is sent with."""
