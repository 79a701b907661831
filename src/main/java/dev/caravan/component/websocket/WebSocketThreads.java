package dev.caravan.component.websocket;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The executor that all connections of a node share.
 *
 * @param threads Threads that run the routes of events; default 16. A step that blocks occupies one of them.
 */
@ConfigurationProperties("camel.component.websocket-jetty")
record WebSocketThreads(@DefaultValue("16") int threads) {}
