"""From a trained model to a watched one: evaluate, register, predict, monitor."""
