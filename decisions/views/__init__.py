"""Pages of this app: the staging page (entry while a draft is open, the case once it is staged) and the rulebook."""
