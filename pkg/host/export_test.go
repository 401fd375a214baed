package host

// WaitersMax is waitersMax.
const WaitersMax = waitersMax
