"""What the pages of this app show, built from facts and advice: no requests and no writes in here."""
