"""A request into pieces of answers: plan, programs, chunks, where they are solved."""
