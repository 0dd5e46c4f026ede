"""The MNIST classifier that the demo serves: network, data, training and export to ONNX. Apart from loadgen."""
