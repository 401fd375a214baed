package client

// ResponseBytesMax is responseBytesMax.
const ResponseBytesMax = responseBytesMax
