package dev.caravan.job;

import org.springframework.amqp.core.Declarables;
import org.springframework.amqp.core.Queue;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;

/** The queues that jobs need on the broker, without arguments: other services declare the same ones. */
@Configuration(proxyBeanMethods = false)
class JobQueues {
    @Bean
    @Order(0)
    Declarables jobDeclarables(
            @Value("${caravan.jobs.queue}") String worker, @Value("${caravan.jobs.dead-queue}") String dead) {
        return new Declarables(new Queue(worker, true, false, false), new Queue(dead, true, false, false));
    }
}
