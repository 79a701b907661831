package dev.caravan.bench.limit;

import java.nio.file.Files;
import java.nio.file.Path;

/** Arguments: HTTP port, RabbitMQ's port, queue, Redis' port, its database, the file of Caravan's {@code job-transition.lua}. */
public final class Limit {
    private Limit() {}

    public static void main(String[] arguments) throws Exception {
        int httpPort = Integer.parseInt(arguments[0]);
        int rabbitPort = Integer.parseInt(arguments[1]);
        int redisPort = Integer.parseInt(arguments[3]);
        int database = Integer.parseInt(arguments[4]);
        Store store = new Store(redisPort, database, Files.readString(Path.of(arguments[5])));
        Http http = new Http(httpPort, store);
        Rabbit rabbit = new Rabbit(rabbitPort, arguments[2], store, http);
        store.start(http, rabbit);
        rabbit.consume();
        System.out.println("The limit is ready");
    }

    /** Nothing is retried here: what is not acknowledged is delivered again, to the process that comes next. */
    static void fail(Throwable cause) {
        cause.printStackTrace();
        Runtime.getRuntime().halt(1);
    }
}
