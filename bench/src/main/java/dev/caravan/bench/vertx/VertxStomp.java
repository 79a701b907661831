package dev.caravan.bench.vertx;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.stomp.StompServer;
import io.vertx.ext.stomp.StompServerHandler;
import io.vertx.ext.stomp.StompServerOptions;
import java.util.List;

/** Its argument is the port. */
public final class VertxStomp {
    private VertxStomp() {}

    public static void main(String[] arguments) {
        Vertx vertx = Vertx.vertx();
        StompServerOptions options =
                new StompServerOptions().setPort(-1).setWebsocketBridge(true).setWebsocketPath("/ws/chat");
        StompServer stomp = StompServer.create(vertx, options).handler(StompServerHandler.create(vertx));
        vertx.createHttpServer(new HttpServerOptions()
                        .setHost("127.0.0.1")
                        .setPort(Integer.parseInt(arguments[0]))
                        .setWebSocketSubProtocols(List.of("v12.stomp")))
                .webSocketHandler(stomp.webSocketHandler())
                .listen()
                .onSuccess(server -> System.out.println("Vert.x is ready"))
                .onFailure(Throwable::printStackTrace);
    }
}
