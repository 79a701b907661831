package dev.caravan.chaos;

import java.util.Locale;

/** The faults of the harness, each a row of {@code docs/reference/reliability.md} and a test of the same name. */
enum Row {
    WORKER_KILLED("NodesChaos", "`kill -9` of a worker, every fifth time of all of them", 100),
    WORKER_FROZEN("NodesChaos", "`SIGSTOP` of a worker for 30 s", 10),
    WORKER_TERMINATED("NodesChaos", "`SIGTERM` of a worker with jobs longer than its grace", 5),
    DEADLY_JOB("NodesChaos", "a job that kills its JVM each time", 1),
    API_KILLED("NodesChaos", "`kill -9` of a node that accepts jobs, while it publishes", 100),
    API_FROZEN("NodesChaos", "`SIGSTOP` of a node that accepts jobs for 30 s", 10),
    DIFFERENT_FILES("NodesChaos", "one of three workers lacks the handler of half of the jobs", 3),
    ENGINE_EDITED("NodesChaos", "an edit of every engine route on every node", 10),
    CLOCK_STEPPED(
            "NodesChaos", "the clock of a worker and of a node that accepts jobs steps by an hour, to and fro", 3),
    PLAIN_CONSUMER("NodesChaos", "a plain consumer of the same queue, prefetch 250", 5),
    RABBIT_KILLED("ServersChaos", "`kill -9` of RabbitMQ", 10),
    RABBIT_FROZEN("ServersChaos", "`SIGSTOP` of RabbitMQ for 30 s", 5),
    RABBIT_EMPTIED("ServersChaos", "RabbitMQ restarts empty", 10),
    RABBIT_DISK_FULL("ServersChaos", "RabbitMQ raises its disk alarm for 10 s", 5),
    RABBIT_TAKES_BACK("ServersChaos", "RabbitMQ's consumer timeout, set to 60 s, meets jobs of 90 s", 1),
    QUEUE_DELETED("ServersChaos", "the worker queue is deleted", 20),
    REDIS_KILLED("ServersChaos", "`kill -9` of Redis", 10),
    REDIS_FROZEN("ServersChaos", "`SIGSTOP` of Redis for 30 s", 5),
    REDIS_FULL("ServersChaos", "Redis responds `OOM` for 10 s", 5),
    REDIS_CANNOT_SAVE("ServersChaos", "Redis responds `MISCONF` for 10 s", 5),
    REDIS_READ_ONLY("ServersChaos", "Redis responds `READONLY` for 10 s", 5),
    LINKS_CUT("LinksChaos", "all connections to one server are cut for 10 s", 10),
    LINKS_RESET("LinksChaos", "all connections to both servers are reset every 5 s", 60),
    LINKS_FROZEN("LinksChaos", "nothing gets through to one server for 30 s", 6),
    LINKS_HALF_OPEN("LinksChaos", "one server forgets all connections, and no node is told", 10),
    LINKS_SLOW("LinksChaos", "200 ms of delay to both servers, in each direction, for 30 s", 2),
    JOBS_CANCELLED("ControlChaos", "`kill -9` of a worker while jobs that wait and jobs that it runs are cancelled", 5),
    SCHEDULE_FIRES("ControlChaos", "`kill -9` of each worker while a schedule fires each second", 5),
    PUBLISHED_IN_A_ROW(
            "PublicationsChaos",
            "100 publications of route files, one after the other, while jobs of 1 ms are submitted in bulk, at most 1,000 a second",
            1),
    PUBLISHED_WHILE_ONE_REFUSES(
            "PublicationsChaos", "every second publication is one that one of five nodes cannot run", 10),
    PUBLISHED_WHILE_A_NODE_DIES("PublicationsChaos", "`kill -9` of a node while route files are published", 10),
    PUBLISHED_WHILE_REDIS_DIES(
            "PublicationsChaos",
            "`kill -9` of the Redis, one of three, that is written to, while route files are published",
            5),
    LEADER_KILLED("ClusterChaos", "`kill -9` of the RabbitMQ, one of three, that leads the worker queue", 10),
    MASTER_KILLED("ClusterChaos", "`kill -9` of the Redis, one of three, that is written to", 10),
    LIMIT_HOLDS(
            "ClusterChaos",
            "`kill -9` of the Redis, one of three, that is written to, while jobs wait for the limits of their type: 4 at a time, 2 of each of ten keys",
            5);

    /** The class of the test. */
    final String test;

    final String fault;
    private final int rounds;

    Row(String test, String fault, int rounds) {
        this.test = test;
        this.fault = fault;
        this.rounds = rounds;
    }

    /** How often; {@code -Dcaravan.chaos.rounds} is the most. */
    int rounds() {
        return Math.min(rounds, Integer.getInteger("caravan.chaos.rounds", rounds));
    }

    /** The name of the test: WORKER_KILLED is workerKilled. */
    String method() {
        StringBuilder name = new StringBuilder();
        for (String word : name().toLowerCase(Locale.ROOT).split("_")) {
            name.append(name.length() == 0 ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
        }
        return name.toString();
    }
}
