/** Hawtio at {@code /hawtio}: its pages, JMX over HTTP for them, and the policy for it. */
package dev.caravan.observability.hawtio;
