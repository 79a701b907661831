package dev.caravan.bench.reader;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisPooled;

/**
 * Reads a job that has finished at its first attempt. Arguments: HTTP port, Redis' port, database. Jetty's threads wait for Redis, on
 * as many connections as Caravan has.
 */
public final class Reader extends Handler.Abstract {
    private static final String LOGIN = "Basic " + Base64.getEncoder().encodeToString("guest:guest".getBytes(UTF_8));
    private static final String PATH = "/jobs/";
    private static final int REDIS_CONNECTIONS = 16;
    private static final String[] TIMES = {"createdAt", "startedAt", "updatedAt", "finishedAt"};

    private final JedisPooled redis;

    private Reader(JedisPooled redis) {
        this.redis = redis;
    }

    public static void main(String[] arguments) throws Exception {
        ConnectionPoolConfig pool = new ConnectionPoolConfig();
        pool.setMaxTotal(REDIS_CONNECTIONS);
        pool.setMaxIdle(REDIS_CONNECTIONS);
        Server server = new Server();
        HttpConfiguration configuration = new HttpConfiguration();
        configuration.setSendServerVersion(false);
        ServerConnector connector = new ServerConnector(server, new HttpConnectionFactory(configuration));
        connector.setHost("127.0.0.1");
        connector.setPort(Integer.parseInt(arguments[0]));
        server.addConnector(connector);
        server.setHandler(new Reader(new JedisPooled(
                pool,
                new HostAndPort("127.0.0.1", Integer.parseInt(arguments[1])),
                DefaultJedisClientConfig.builder()
                        .database(Integer.parseInt(arguments[2]))
                        .build())));
        server.start();
        System.out.println("The reader is ready");
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws IOException {
        if (!LOGIN.equals(request.getHeaders().get(HttpHeader.AUTHORIZATION))) {
            Response.writeError(request, response, callback, 401);
            return true;
        }
        String path = Request.getPathInContext(request);
        Map<String, String> hash =
                path.startsWith(PATH) ? redis.hgetAll("Job:" + path.substring(PATH.length())) : Map.of();
        if (hash.isEmpty()) {
            Response.writeError(request, response, callback, 404);
            return true;
        }
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.write(true, ByteBuffer.wrap(json(hash).getBytes(UTF_8)), callback);
        return true;
    }

    private static String json(Map<String, String> hash) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonWriter json = new JsonWriter(text)) {
            json.beginObject();
            text(json, hash, "id", "type", "state");
            number(json, hash, "status");
            text(json, hash, "message", "result");
            if (hash.containsKey("payload")) {
                json.name("payload").jsonValue(hash.get("payload"));
            }
            number(json, hash, "attempt", "failures", "interruptions");
            text(json, hash, "worker", "routeRevision");
            for (String time : TIMES) {
                json.name(time).value(time(hash, time));
            }
            json.name("attempts").beginArray().beginObject();
            number(json, hash, "attempt");
            text(json, hash, "worker");
            json.name("startedAt").value(time(hash, "startedAt"));
            json.name("endedAt").value(time(hash, "finishedAt"));
            text(json, hash, "state", "routeRevision");
            json.endObject().endArray().endObject();
        }
        return text.toString();
    }

    private static void text(JsonWriter json, Map<String, String> hash, String... names) throws IOException {
        for (String name : names) {
            if (hash.containsKey(name)) {
                json.name(name).value(hash.get(name));
            }
        }
    }

    private static void number(JsonWriter json, Map<String, String> hash, String... names) throws IOException {
        for (String name : names) {
            json.name(name).value(Long.parseLong(hash.getOrDefault(name, "0")));
        }
    }

    private static String time(Map<String, String> hash, String name) {
        return Instant.ofEpochMilli(Long.parseLong(hash.get(name))).toString();
    }
}
