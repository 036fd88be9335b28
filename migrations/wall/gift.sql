grant select, insert on gift to holdfast_web;
grant select, insert on gift to holdfast_worker;

-- S3: a giver's plain list, the same whatever became of it.
create policy see on gift for select to holdfast_web
    using (box_id in (select wall.my_boxes()) or connection_id in (select wall.my_connections())
           or (box_id in (select wall.my_kept_boxes()) and exists (select from memory m where m.gift_id = gift.id)));
create policy give on gift for insert to holdfast_web
    with check (box_id in (select wall.my_addable_boxes()) and connection_id in (select wall.my_connections())
                and exists (select from connection c where c.id = connection_id and c.box_id = gift.box_id));
-- S5: what an app sends, and its own plain list.
create policy app_sees on gift for select to holdfast_web using (connection_id in (select wall.app_connections()));
create policy app_gives on gift for insert to holdfast_web
    with check (way = 'app' and not sealed and connection_id in (select wall.app_connections())
                and box_id in (select wall.app_addable_boxes()));
create policy mail_sees on gift for select to holdfast_worker using ((select wall.door()) = 'mail');
create policy mail_gives on gift for insert to holdfast_worker with check ((select wall.door()) = 'mail');
-- wall.correct_gift()
grant select, update (title, words) on gift to holdfast_wall;
create policy wall on gift for select to holdfast_wall using (true);
create policy wall_corrects on gift for update to holdfast_wall
    using (not sealed and connection_id in (select wall.my_connections()) and sent_at > now() - interval '24 hours');
