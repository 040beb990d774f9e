"""Where CVXlab keeps what its Model is made with; programs that reach into it find the names here."""
