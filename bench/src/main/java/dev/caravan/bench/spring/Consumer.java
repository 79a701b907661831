package dev.caravan.bench.spring;

import org.springframework.amqp.rabbit.annotation.RabbitListener;
import org.springframework.context.annotation.Profile;
import org.springframework.stereotype.Component;

@Component
@Profile("consumer")
class Consumer {
    private final Jobs jobs;

    Consumer(Jobs jobs) {
        this.jobs = jobs;
    }

    @RabbitListener(queues = PlainSpring.QUEUE)
    void run(JobMessage message) {
        jobs.save(new Job(message.jobId(), 1, "Job being processed", ""));
        // The job itself does nothing.
        Job job = jobs.findById(message.jobId()).orElseThrow();
        jobs.save(new Job(job.id(), 0, "Finished", "Success"));
    }
}
