"""The house's own hands: what keeps an installation whole. Small commands over verbs that exist below."""
