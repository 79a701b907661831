/** The REST contract of jobs ({@code static/openapi.yaml}), and the two ways to wait for one over HTTP. */
package dev.caravan.job.http;
