package op

// ConcurrentMax is how many requests a service works on at once.
const ConcurrentMax = concurrentMax
