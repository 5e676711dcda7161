"""The illustrator: reads a prompt and paints it from an openly licensed object library, with no AI model."""
