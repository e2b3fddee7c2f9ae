"""Who others are and who we are: authentication, and the roles of DCP. Spec: DCP 1.0."""
