package dev.caravan.chat;

import java.util.Set;
import org.springframework.amqp.core.BindingBuilder;
import org.springframework.amqp.core.Declarables;
import org.springframework.amqp.core.FanoutExchange;
import org.springframework.amqp.core.Queue;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Reads the settings of the chat, and declares what its nodes need on the broker. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(ChatSettings.class)
class ChatConfiguration {
    /**
     * Connects the nodes of the chat: each node with the role has a queue of its own, which is deleted with its connection.
     * A policy bounds how many messages may wait there.
     */
    @Bean
    Declarables chatDeclarables(
            @Value("${caravan.roles}") Set<String> roles,
            @Value("${caravan.chat.exchange}") String name,
            @Value("${caravan.chat.queue}") String own) {
        FanoutExchange exchange = new FanoutExchange(name);
        if (!roles.contains("chat")) {
            return new Declarables(exchange);
        }
        Queue queue = new Queue(own, false, true, true);
        return new Declarables(exchange, queue, BindingBuilder.bind(queue).to(exchange));
    }
}
