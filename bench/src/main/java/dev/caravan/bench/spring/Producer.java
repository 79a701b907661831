package dev.caravan.bench.spring;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.UUID;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.context.annotation.Profile;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

@RestController
@Profile("producer")
class Producer {
    private final RabbitTemplate rabbit;

    Producer(RabbitTemplate rabbit) {
        this.rabbit = rabbit;
    }

    @PostMapping("/jobs")
    @ResponseStatus(HttpStatus.ACCEPTED)
    Map<String, String> submit(@RequestBody(required = false) JsonNode payload) {
        String id = UUID.randomUUID().toString();
        rabbit.convertAndSend(PlainSpring.QUEUE, new JobMessage(id, payload));
        return Map.of("jobId", id);
    }
}
