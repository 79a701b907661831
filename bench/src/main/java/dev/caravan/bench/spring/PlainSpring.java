package dev.caravan.bench.spring;

import org.springframework.amqp.core.Queue;
import org.springframework.amqp.support.converter.Jackson2JsonMessageConverter;
import org.springframework.amqp.support.converter.MessageConverter;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

/** One program in two processes: the profile is {@code producer} or {@code consumer}. */
@SpringBootApplication
public class PlainSpring {
    static final String QUEUE = "spring";

    public static void main(String[] arguments) {
        SpringApplication.run(PlainSpring.class, arguments);
        System.out.println("The process is ready");
    }

    @Bean
    Queue queue() {
        return new Queue(QUEUE);
    }

    @Bean
    MessageConverter messageConverter() {
        return new Jackson2JsonMessageConverter();
    }
}
