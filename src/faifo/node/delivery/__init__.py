"""What happens after a commit: messages that go out, timers, and bells for who waits."""
