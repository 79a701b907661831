/** The bare reader: what {@code GET /jobs/{id}} takes on Jetty if nothing else is asked for than the login and the hash. */
package dev.caravan.bench.reader;
