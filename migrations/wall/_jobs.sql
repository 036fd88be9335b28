-- The queue: anyone may put a job in, the worker alone works on it. Jobs carry ids only.
grant usage on schema jobs to holdfast_web, holdfast_worker;
grant select, insert on jobs.procrastinate_jobs, jobs.procrastinate_events to holdfast_web;
grant usage on all sequences in schema jobs to holdfast_web, holdfast_worker;
grant select, insert, update, delete on all tables in schema jobs to holdfast_worker;

create policy ask on jobs.procrastinate_jobs to holdfast_web using (true) with check (true);
create policy work on jobs.procrastinate_jobs to holdfast_worker using (true) with check (true);
create policy ask on jobs.procrastinate_events to holdfast_web using (true) with check (true);
create policy work on jobs.procrastinate_events to holdfast_worker using (true) with check (true);
create policy work on jobs.procrastinate_periodic_defers to holdfast_worker using (true) with check (true);
create policy work on jobs.procrastinate_workers to holdfast_worker using (true) with check (true);
create policy see on jobs.procrastinate_workers for select to holdfast_web using (true);
grant select on jobs.procrastinate_workers to holdfast_web;
-- A worker that goes lets go of its jobs through a foreign key, as the tables' owner; one that waits to be tried again
-- then writes an event.
create policy let_go on jobs.procrastinate_events for insert to holdfast_owner with check (true);
