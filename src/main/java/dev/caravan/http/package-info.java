/**
 * The HTTP edge of the routes: takes a request, sends it to a Camel route without blocking a thread, writes the response.
 *
 * <p>Camel's own engine for Spring Boot hands each request to a small pool, waits there and lets Spring MVC dispatch a
 * second time. {@link dev.caravan.http.RestEngine} takes its place. A request comes from a servlet, or from
 * {@link dev.caravan.http.JettyDirect} if it needs none, and goes through three hands:
 *
 * <ol>
 *   <li>{@link dev.caravan.http.RestConsumer} decides what may enter the route
 *       ({@link dev.caravan.http.RequestHeaders}),
 *   <li>{@link dev.caravan.http.ArrivingBody} collects the body without blocking, within a size and a time,
 *   <li>{@link dev.caravan.http.PendingResponse} is sent exactly once: by the route ({@link dev.caravan.http.RouteResponse}), by a
 *       failure or by the clock.
 * </ol>
 *
 * <p>Every error, here, in Spring MVC or in the server before either, gets a response of the type
 * {@code application/problem+json} (RFC 9457): {@link dev.caravan.http.Problems}.
 */
package dev.caravan.http;
