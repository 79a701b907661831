/** Hawtio at {@code /hawtio}: its pages, and JMX over HTTP for them, with what may be done there. */
package dev.caravan.observability.hawtio;
