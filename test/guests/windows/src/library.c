/* A library with exports by name, by ordinal alone, and a forwarder. */
int twice(int value) { return value * 2; }
int thrice(int value) { return value * 3; }
