"""Why one problem has no plan, how far its prices hold, and how its answer moves with its numbers: on arrays alone."""
