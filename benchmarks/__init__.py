"""What only developers measure or train, in a clone of the repository; the wheel does not hold it."""
