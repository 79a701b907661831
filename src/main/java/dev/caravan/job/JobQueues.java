package dev.caravan.job;

import org.springframework.amqp.core.Declarables;
import org.springframework.amqp.core.Queue;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;

/** The queues that jobs need on the broker, without arguments: other services declare the same ones. */
@Configuration(proxyBeanMethods = false)
class JobQueues {
    @Bean
    @Order(0)
    Declarables jobDeclarables(JobSettings settings) {
        return new Declarables(
                new Queue(settings.queue(), true, false, false),
                new Queue(settings.againQueue(), true, false, false),
                new Queue(settings.highQueue(), true, false, false),
                new Queue(settings.lowQueue(), true, false, false),
                new Queue(settings.deadQueue(), true, false, false));
    }
}
