/* Nothing: what C's runtime asks of the system. */
int main(void) { return 0; }
