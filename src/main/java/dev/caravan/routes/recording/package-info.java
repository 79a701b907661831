/**
 * Notes the steps that an exchange passes: those of a trial, and those of a job.
 */
package dev.caravan.routes.recording;
