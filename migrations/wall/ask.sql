grant select, insert, update (closed_at) on ask to holdfast_web;
grant select on ask to holdfast_wall;

-- Those who run the box; a keeper not where it is about a gift that they do not see.
create policy run on ask for select to holdfast_web
    using (box_id in (select wall.my_boxes())
           or (box_id in (select wall.my_kept_boxes())
               and (gift_id is null or exists (select from gift g where g.id = gift_id))));
-- Whoever asked, and whoever is asked until that ends.
create policy mine on ask for select to holdfast_web
    using (connection_id in (select wall.my_connections()) and closed_at is null);
create policy ask_to_see on ask for insert to holdfast_web
    with check (direction = 'see' and gift_id is null and closed_at is null
                and connection_id in (select wall.my_connections())
                and exists (select from connection c where c.id = connection_id and c.box_id = ask.box_id));
-- C2: for 24 hours.
create policy ask_back on ask for insert to holdfast_web
    with check (direction = 'back' and closed_at is null and connection_id in (select wall.my_connections())
                and exists (select from gift g where g.id = gift_id and g.connection_id = ask.connection_id
                            and g.box_id = ask.box_id and g.sent_at > now() - interval '24 hours'));
create policy ask_for on ask for insert to holdfast_web
    with check (direction = 'give' and gift_id is null and box_id in (select wall.my_run_boxes())
                and exists (select from connection c where c.id = connection_id and c.box_id = ask.box_id));
create policy close on ask for update to holdfast_web
    using (direction = 'give' and box_id in (select wall.my_run_boxes()));
create policy wall on ask for select to holdfast_wall using (true);
