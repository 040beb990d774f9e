"""Claims that there is no plan or no finite optimum, settled with proof."""
